import '@xyflow/react/dist/base.css';
import '../styles/tokens.css';
import '../styles/console.css';
import '../styles/screens.css';
import '../styles/graph.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { applyTheme } from './theme.ts';

applyTheme();
const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
