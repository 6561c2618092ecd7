export { default } from '../en/transfers.ts';
