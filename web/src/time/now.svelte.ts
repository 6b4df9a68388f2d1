/** The present moment by the server's clock, in steps of a second's fraction no eye follows: it moves every 15 s. */
class Now {
  private skew = 0;
  /** Milliseconds UTC. */
  ms = $state(Date.now());

  constructor() {
    setInterval(() => this.tick(), 15_000);
    document.addEventListener('visibilitychange', () => this.tick());
  }

  /** Takes the server's word for what time it is. */
  set(server: string): void {
    const at = Date.parse(server);
    if (Number.isFinite(at)) this.skew = at - Date.now();
    this.tick();
  }

  tick(): void {
    this.ms = Date.now() + this.skew;
  }
}

export const now = new Now();
