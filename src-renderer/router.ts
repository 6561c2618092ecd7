import { createRouter, createWebHashHistory } from 'vue-router';

/** The pages, in the order of the rail. */
export const PAGES = ['search', 'transfers', 'library', 'network', 'settings'] as const;
export type PageName = (typeof PAGES)[number];

export const makeRouter = () =>
  createRouter({
    history: createWebHashHistory(),
    routes: [
      { path: '/', redirect: '/search' },
      { path: '/search', name: 'search', component: () => import('./features/search/SearchPage.vue') },
      { path: '/transfers', name: 'transfers', component: () => import('./features/transfers/TransfersPage.vue') },
      { path: '/library', name: 'library', component: () => import('./features/library/LibraryPage.vue') },
      { path: '/network', name: 'network', component: () => import('./features/network/NetworkPage.vue') },
      { path: '/settings', name: 'settings', component: () => import('./features/settings/SettingsPage.vue') },
      { path: '/:rest(.*)', redirect: '/search' },
    ],
  });
