/** How the page is built: into dist/dashboard, whole, with nothing that is fetched from elsewhere. */
import { defineConfig } from 'vite';

export default defineConfig({
  root: 'src/dashboard',
  // Relative, so that it also works behind a path.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../../dist/dashboard',
    emptyOutDir: true,
    target: 'es2022',
    // Data in CSS would need another line in the page's security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Whose work is in the bundle, and under which terms.
    license: { fileName: 'licenses.md' },
  },
});
