export default {
  title: 'What it is, others say',
  nobody: 'Nobody who was asked says anything of it.',
  voters:
    'Of {count} voter, {known} with whom you agreed before. | Of {count} voters, {known} with whom you agreed before.',
  evidence: 'This is evidence, not the truth.',
  lean: {
    good: 'It seems good.',
    bad: 'Careful: it seems bad.',
    open: 'Undecided.',
  },
  say: 'Say what it is',
  own: 'You say: {verdict}',
  none: 'Take it back',
  public: 'Others can hear this.',
  private: 'This stays on this machine. The settings let others hear what you say.',
  verdicts: {
    good: 'Good',
    fake: 'Fake',
    broken: 'Broken',
    malware: 'Malware',
    mislabelled: 'Mislabelled',
  },
  consent: {
    title: 'May others hear what you say?',
    text: 'What you say of a file helps others to stay away from bad ones, and to find good ones. It is signed with the key of this peer, so it also tells them that you had this file. You can change this in the settings; what was told cannot be taken back with certainty.',
    yes: 'Tell others',
    no: 'Keep it here',
  },
};
