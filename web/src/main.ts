// The door of the app: styles, then the one component that everything hangs from.
import { mount } from 'svelte';
import './styles/tokens.css';
import './styles/base.css';
import App from './App.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has lost its #app');
mount(App, { target });
