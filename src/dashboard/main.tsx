/** The page begins here. */
import { render } from 'preact';
import { takeTokenFromAddress } from './api/api.js';
import { App } from './app.js';
import { Live } from './live/live.js';
import { LiveContext } from './live/use-live.js';
import './styles/tokens.css';
import './styles/page.css';
import './styles/parts.css';
import './styles/charts.css';

takeTokenFromAddress();
const live = new Live();
live.start();
const root = document.getElementById('page');
if (root) {
  render(
    <LiveContext.Provider value={live}>
      <App />
    </LiveContext.Provider>,
    root,
  );
}
