import vue from 'eslint-plugin-vue';
import tseslint from 'typescript-eslint';
import vueParser from 'vue-eslint-parser';

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

/** Only what knows templates: oxlint has the rules that need types (vue-tsc checks those of templates), Biome the rest. */
export default [
  {
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
