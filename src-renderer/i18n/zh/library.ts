export { default } from '../en/library.ts';
