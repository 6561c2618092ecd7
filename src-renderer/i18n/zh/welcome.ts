export { default } from '../en/welcome.ts';
