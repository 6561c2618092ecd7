import type { Catalogue } from '../catalogue.ts';
import en from '../en/index.ts';

const catalogue: Catalogue = en;
export default catalogue;
