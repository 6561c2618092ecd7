export { isPrivateHost, narrowBlock, singleBlock, wideBlock } from '../../contract/address-block.ts';
