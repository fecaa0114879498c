import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Real time in the control plane: the virtual clock is the only one (architecture, rule "one clock"). */
const realTime = ['setTimeout', 'setInterval', 'setImmediate'].map((name) => ({
  name,
  message: 'Real time belongs to clock.ts and engines/: use VirtualClock, afterReal or breathe.',
}));

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', '.frostgate/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      // `() => void server.close()` and short callbacks read better without braces.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'max-lines-per-function': ['error', { max: 80, skipComments: true, skipBlankLines: true }],
    },
  },
  {
    files: ['src/control-plane/**/*.ts'],
    ignores: ['src/control-plane/clock.ts', 'src/control-plane/engines/**'],
    rules: {
      'no-restricted-globals': ['error', ...realTime],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Ask the VirtualClock.' },
        { object: 'performance', property: 'now', message: 'Use realMs of clock.ts.' },
      ],
    },
  },
  { files: ['test/**/*.ts'], rules: { 'max-lines-per-function': 'off' } },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        performance: 'readonly',
        Buffer: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setImmediate: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        fetch: 'readonly',
      },
    },
  },
);
