import vue from 'eslint-plugin-vue';
import tseslint from 'typescript-eslint';
import vueParser from 'vue-eslint-parser';

const typed = {
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-misused-promises': 'error',
  '@typescript-eslint/await-thenable': 'error',
  '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
};

/** Marks and names that are the same in every language. */
const NOT_WORDS = ['·', '–', '/', ',', ':', '…', '%', '×', 'Shoal'];
/** Attributes whose texts people read or hear; of every element and component. */
const READ_ATTRIBUTES = [
  'title',
  'label',
  'placeholder',
  'text',
  'hint',
  'alt',
  'subtitle',
  '/^aria-(label|description|valuetext|placeholder)$/',
];

/** Only what needs types or knows templates: Biome does the rest, faster. */
export default [
  {
    files: ['src-main/**/*.ts', 'src-renderer/**/*.ts', 'test/**/*.ts'],
    plugins: { '@typescript-eslint': tseslint.plugin },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: { parser: tseslint.parser, parserOptions: { projectService: true } },
    rules: typed,
  },
  {
    // Without types: with them the linter takes two minutes instead of half of one. vue-tsc checks the types of templates.
    files: ['src-renderer/**/*.vue'],
    plugins: { vue },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: { parser: vueParser, parserOptions: { parser: tseslint.parser } },
    rules: {
      'vue/no-bare-strings-in-template': [
        'error',
        { allowlist: NOT_WORDS, attributes: { '/.+/': READ_ATTRIBUTES }, directives: ['v-text'] },
      ],
      // A stranger's text must never become markup, and the page's policy refuses styles in it.
      'vue/no-v-html': 'error',
    },
  },
];
