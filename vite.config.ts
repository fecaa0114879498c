/** How the page is built: into dist/dashboard, whole, with nothing that is fetched from elsewhere. */
import { appendFileSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const OUT = fileURLToPath(new URL('dist/dashboard', import.meta.url));
const FONT = fileURLToPath(new URL('node_modules/@fontsource-variable/inter', import.meta.url));

/** Vite tells the licences of code only; that of the font asks to be handed on with it, too. */
const fontLicence = {
  name: 'font-licence',
  closeBundle() {
    const about: unknown = JSON.parse(readFileSync(`${FONT}/package.json`, 'utf8'));
    const { name, version, license } = about as Readonly<Record<string, string>>;
    const text = readFileSync(`${FONT}/LICENSE`, 'utf8').trim();
    appendFileSync(
      `${OUT}/licenses.md`,
      `\n## ${String(name)} - ${String(version)} (${String(license)})\n\n${text}\n`,
    );
  },
};

export default defineConfig({
  root: 'src/dashboard',
  // Relative, so that it also works behind a path.
  base: './',
  plugins: [fontLicence],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: 'es2022',
    // Data in CSS would need another line in the page's security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Whose work is in the bundle, and under which terms.
    license: { fileName: 'licenses.md' },
  },
});
