/** Without results it would look as if a network had been asked that has none. */
export const NO_SUPERNODE_ANSWERED =
  'no supernode has answered: wait until "shoal status" shows a parent, or start the peer with --bootstrap HOST:PORT';
