/**
 * The map engine behind one small door: grids shaded by count, cases as marks, labels without a glyph server.
 * Loaded only where a map is shown. Worker and styles are our own files; nothing is asked of another origin.
 */
import { Map as Engine, setWorkerUrl, type ExpressionSpecification, type GeoJSONSource, type MapMouseEvent } from 'maplibre-gl';
import 'maplibre-gl/dist/maplibre-gl.css';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import type { Shapes } from '../api/types.ts';
import { boxOf, middle, type Box } from './bounds.ts';
import { drawMark, shades, STEPS, token } from './style.ts';

setWorkerUrl(workerUrl);

export interface Point {
  id: string;
  lng: number;
  lat: number;
  kind: 'late' | 'soon' | 'fine';
}

export interface Heard {
  grid: (id: number | null) => void;
  mark: (id: string) => void;
  /** A click where grids are too small to be meant: the part of the map to look at instead. */
  into: (lng: number, lat: number) => Box | null;
  /** When set, a click names a place and nothing else. */
  at?: ((lng: number, lat: number) => void) | undefined;
}

/** A grid narrower than this on screen is not what a finger or a mouse points at. */
const MEANT_PX = 14;
/** Above this many marks they gather, with the worst one's shape on top. */
const CLUSTER_ABOVE = 300;

type Data = GeoJSON.FeatureCollection;
const none: Data = { type: 'FeatureCollection', features: [] };

export class GridMap {
  private engine: Engine;
  private ready: Promise<void>;
  private home: Box | null = null;
  private clustered = false;
  private points: Point[] = [];
  private loadsNow: { area: number; open: number }[] = [];

  constructor(container: HTMLElement, box: Box | null, heard: Heard) {
    this.home = box;
    this.engine = new Engine({
      container,
      style: { version: 8, sources: {}, layers: [{ id: 'ground', type: 'background', paint: { 'background-color': token('--paper') } }] },
      ...(box ? { bounds: box, fitBoundsOptions: { padding: 16 } } : { center: [0, 0] as [number, number], zoom: 1 }),
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      keyboard: false,
      fadeDuration: 0,
      localIdeographFontFamily: '"PingFang SC", "Noto Sans SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif',
      maxZoom: 18,
    });
    this.engine.touchZoomRotate.disableRotation();
    const canvas = this.engine.getCanvas();
    canvas.tabIndex = -1; // the tools are buttons; the canvas itself says nothing to a keyboard
    for (const name of ['aria-label', 'role']) canvas.removeAttribute(name); // its frame is named, in the language spoken
    this.ready = new Promise((resolve) => {
      if (this.engine.isStyleLoaded()) resolve();
      else void this.engine.once('load', () => resolve());
    });
    this.listen(heard);
  }

  private listen(heard: Heard): void {
    this.engine.on('click', (e: MapMouseEvent) => {
      if (heard.at) {
        heard.at(e.lngLat.lng, e.lngLat.lat);
        return;
      }
      const marks = this.engine.getLayer('marks') ? this.engine.queryRenderedFeatures(e.point, { layers: ['marks'] }) : [];
      const mark = marks[0];
      if (mark?.properties.cluster) {
        this.engine.easeTo({ center: e.lngLat, zoom: this.engine.getZoom() + 1.5, animate: !calm() });
      } else if (mark) heard.mark(String(mark.properties.id));
      else {
        const grids = this.engine.getLayer('grids') ? this.engine.queryRenderedFeatures(e.point, { layers: ['grids'] }) : [];
        const box = grids[0] && this.widthPx(grids[0].geometry) < MEANT_PX ? heard.into(e.lngLat.lng, e.lngLat.lat) : null;
        if (box) this.fit(box);
        else heard.grid(grids[0] ? Number(grids[0].properties.id) : null);
      }
    });
    // What is drawn now: pictures and tests wait for it, people never have to.
    this.engine.on('idle', () => {
      if (this.engine.getLayer('grids')) this.engine.getContainer().setAttribute('data-drawn', '');
    });
  }

  private widthPx(geometry: GeoJSON.Geometry): number {
    const box = 'coordinates' in geometry ? boxOf([geometry].map((g) => ({ geometry: g }))) : null;
    if (!box) return 0;
    return Math.abs(this.engine.project([box[2], box[3]]).x - this.engine.project([box[0], box[1]]).x);
  }

  private fill(): ExpressionSpecification {
    const colours = shades();
    const count: ExpressionSpecification = ['coalesce', ['feature-state', 'open'], ['get', 'open'], 0];
    const out: unknown[] = ['step', count, colours[0]];
    for (let i = 1; i < STEPS.length; i++) out.push(STEPS[i], colours[i]);
    return out as ExpressionSpecification;
  }

  /** Grids, and the borders and names of what they belong to. */
  async setShapes(grids: Shapes, borders: Shapes | null, name: (p: Shapes['features'][number]['properties']) => string): Promise<void> {
    await this.ready;
    const e = this.engine;
    for (const id of ['grids', 'grid-lines', 'grid-on', 'borders', 'labels']) if (e.getLayer(id)) e.removeLayer(id);
    for (const id of ['grids', 'borders', 'labels']) if (e.getSource(id)) e.removeSource(id);
    e.addSource('grids', { type: 'geojson', data: grids, promoteId: 'id', tolerance: 0.2 });
    e.addLayer({ id: 'grids', type: 'fill', source: 'grids', paint: { 'fill-color': this.fill(), 'fill-antialias': false } });
    e.addLayer({ id: 'grid-lines', type: 'line', source: 'grids', paint: { 'line-color': token('--paper'), 'line-width': ['interpolate', ['linear'], ['zoom'], 9, 0.2, 12, 0.6, 14, 1.4] } });
    e.addLayer({ id: 'grid-on', type: 'line', source: 'grids', filter: ['==', ['get', 'id'], -1], paint: { 'line-color': token('--ink'), 'line-width': 2 } });
    if (borders) {
      e.addSource('borders', { type: 'geojson', data: borders, tolerance: 0.2 });
      e.addLayer({ id: 'borders', type: 'line', source: 'borders', layout: { 'line-join': 'round' }, paint: { 'line-color': token('--ink-3'), 'line-width': 1.3 } });
      const labels: Data = {
        type: 'FeatureCollection',
        features: borders.features.map((f) => ({ type: 'Feature', properties: { name: name(f.properties) }, geometry: { type: 'Point', coordinates: middle(f) } })),
      };
      e.addSource('labels', { type: 'geojson', data: labels });
      e.addLayer({
        id: 'labels', type: 'symbol', source: 'labels',
        layout: { 'text-field': ['get', 'name'], 'text-size': 13, 'text-font': ['sans-serif'], 'text-letter-spacing': 0.06 },
        paint: { 'text-color': token('--ink'), 'text-halo-color': token('--paper'), 'text-halo-width': 1.8 },
      });
    }
    this.applyLoads();
    await this.drawPoints();
  }

  /** New counts for the shades, without asking for the shapes again. */
  async setLoads(list: { area: number; open: number }[]): Promise<void> {
    await this.ready;
    this.loadsNow = list;
    this.applyLoads();
  }

  private applyLoads(): void {
    if (!this.engine.getSource('grids') || this.loadsNow.length === 0) return;
    this.engine.removeFeatureState({ source: 'grids' });
    for (const l of this.loadsNow) this.engine.setFeatureState({ source: 'grids', id: l.area }, { open: l.open });
  }

  async setPoints(points: Point[]): Promise<void> {
    await this.ready;
    this.points = points;
    await this.drawPoints();
  }

  private async drawPoints(): Promise<void> {
    const e = this.engine;
    const worst = { late: 2, soon: 1, fine: 0 } as const;
    const data: Data = {
      type: 'FeatureCollection',
      features: this.points.map((p) => ({ type: 'Feature', properties: { id: p.id, worst: worst[p.kind] }, geometry: { type: 'Point', coordinates: [p.lng, p.lat] } })),
    };
    const cluster = this.points.length > CLUSTER_ABOVE;
    const source = e.getSource<GeoJSONSource>('marks');
    if (source && cluster === this.clustered && e.getLayer('marks')) {
      source.setData(data);
      return;
    }
    for (const id of ['mark-on', 'marks', 'mark-count']) if (e.getLayer(id)) e.removeLayer(id);
    if (source) e.removeSource('marks');
    this.clustered = cluster;
    this.drawImages();
    e.addSource('marks', {
      type: 'geojson', data,
      ...(cluster ? { cluster: true, clusterRadius: 26, clusterMaxZoom: 15, clusterProperties: { worst: ['max', ['get', 'worst']] as unknown as ExpressionSpecification } } : {}),
    });
    e.addLayer({
      id: 'marks', type: 'symbol', source: 'marks',
      layout: {
        'icon-image': ['match', ['get', 'worst'], 2, 'late', 1, 'soon', 'fine'],
        'icon-size': ['case', ['has', 'point_count'], 1.1, ['match', ['get', 'worst'], 0, 0.8, 1]],
        'icon-allow-overlap': true,
        'symbol-sort-key': ['get', 'worst'],
      },
    });
    if (cluster) {
      e.addLayer({
        id: 'mark-count', type: 'symbol', source: 'marks', filter: ['has', 'point_count'],
        layout: { 'text-field': ['to-string', ['get', 'point_count']], 'text-size': 11, 'text-font': ['sans-serif'], 'text-offset': [1.1, 0], 'text-anchor': 'left', 'text-optional': true },
        paint: { 'text-color': token('--ink'), 'text-halo-color': token('--paper'), 'text-halo-width': 1.5 },
      });
    }
    if (e.getLayer('labels')) e.moveLayer('labels');
  }

  private drawImages(): void {
    const ratio = 2;
    for (const kind of ['late', 'soon', 'fine'] as const) {
      if (this.engine.hasImage(kind)) this.engine.removeImage(kind);
      this.engine.addImage(kind, drawMark(kind, 16 * ratio), { pixelRatio: ratio });
    }
  }

  /** Rings the chosen case and outlines its grid. */
  async choose(grid: number | null, at: [number, number] | null, follow: boolean, pin = false): Promise<void> {
    await this.ready;
    const e = this.engine;
    if (e.getLayer('grid-on')) e.setFilter('grid-on', ['==', ['get', 'id'], grid ?? -1]);
    const data: Data = at ? { type: 'FeatureCollection', features: [{ type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: at } }] } : none;
    const source = e.getSource<GeoJSONSource>('chosen');
    if (source) source.setData(data);
    else {
      e.addSource('chosen', { type: 'geojson', data });
      e.addLayer({ id: 'chosen', type: 'circle', source: 'chosen', paint: { 'circle-radius': 11, 'circle-color': 'rgba(0,0,0,0)', 'circle-stroke-color': token('--ink'), 'circle-stroke-width': 2 } });
    }
    if (pin && !e.getLayer('pin')) e.addLayer({ id: 'pin', type: 'circle', source: 'chosen', paint: { 'circle-radius': 5, 'circle-color': token('--ward'), 'circle-stroke-color': token('--paper'), 'circle-stroke-width': 1.5 } });
    for (const id of ['chosen', 'pin']) if (e.getLayer(id)) e.moveLayer(id);
    if (at && follow && !e.getBounds().contains(at)) e.easeTo({ center: at, animate: !calm() });
  }

  zoom(by: number): void {
    this.engine.easeTo({ zoom: this.engine.getZoom() + by, animate: !calm() });
  }

  fit(box: Box | null = this.home): void {
    if (box) this.engine.fitBounds(box, { padding: 16, animate: !calm(), maxZoom: 16 });
  }

  /** Colours again, after light turned to dark. */
  async repaint(): Promise<void> {
    await this.ready;
    const e = this.engine;
    e.setPaintProperty('ground', 'background-color', token('--paper'));
    const set = (layer: string, prop: string, value: unknown) => {
      if (e.getLayer(layer)) e.setPaintProperty(layer, prop as 'line-color', value as string);
    };
    set('grids', 'fill-color', this.fill());
    set('grid-lines', 'line-color', token('--paper'));
    set('grid-on', 'line-color', token('--ink'));
    set('borders', 'line-color', token('--ink-3'));
    set('chosen', 'circle-stroke-color', token('--ink'));
    set('pin', 'circle-color', token('--ward'));
    set('pin', 'circle-stroke-color', token('--paper'));
    for (const l of ['labels', 'mark-count']) {
      set(l, 'text-color', token('--ink'));
      set(l, 'text-halo-color', token('--paper'));
    }
    if (e.getLayer('marks')) this.drawImages();
  }

  remove(): void {
    this.engine.remove();
  }
}

function calm(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}

/** Whether this browser can draw at all. */
export function canDraw(): boolean {
  try {
    return document.createElement('canvas').getContext('webgl2') !== null;
  } catch {
    return false;
  }
}
