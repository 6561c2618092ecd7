export { default } from '../en/network.ts';
