/** The page's beginning: what it is drawn with, and where. */
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { queries } from './server/queries.ts';
import { showTheme, storedTheme } from './theme.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/parts.css';
import './styles/floor.css';
import './styles/lists.css';
import './styles/order.css';
import './styles/traces.css';
import 'uplot/dist/uPlot.min.css';

showTheme(storedTheme());
const place = document.getElementById('page');
if (place === null) throw new Error('index.html has no element "page"');
createRoot(place).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
