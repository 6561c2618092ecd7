export default {
  title: 'Preview of {name}',
  asking: 'Looking at the file…',
  waiting: 'The beginning of the file is not here yet. It is shown as soon as it comes.',
  buffering: 'Waiting for the next part of the file…',
  element: 'This file cannot be played or drawn here: it is damaged, incomplete or of a kind that is not known here.',
  textCut: 'The first {size} of the file.',
  image: 'Picture {name}',
  retry: 'Try again',
};
