import './ui/reset.css';
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import { z } from 'zod';
import App from './App.vue';
import { API, openApi } from './api/index.ts';
import { makeI18n } from './i18n/index.ts';
import { makeRouter } from './router.ts';
import { makeVuetify } from './ui/vuetify.ts';
import '@fontsource-variable/inter/wght.css';
import './ui/page.css';

// zod would compile its schemas by eval, which the policy of the page forbids.
z.config({ jitless: true });

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
const i18n = makeI18n();
createApp(App)
  .provide(API, openApi())
  .use(createPinia())
  .use(i18n)
  .use(makeVuetify(nonce, i18n))
  .use(makeRouter())
  .mount('#app');
