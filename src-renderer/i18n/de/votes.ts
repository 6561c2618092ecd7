import type { Catalogue } from '../catalogue.ts';

const texts: Catalogue['votes'] = {
  title: 'Was andere davon sagen',
  nobody: 'Niemand, der gefragt wurde, sagt etwas dazu.',
  voters:
    'Von {count} Stimme {known}, mit der Sie schon einig waren. | Von {count} Stimmen {known}, mit denen Sie schon einig waren.',
  evidence: 'Das ist ein Hinweis, nicht die Wahrheit.',
  lean: {
    good: 'Sie scheint gut.',
    bad: 'Vorsicht: sie scheint schlecht.',
    open: 'Unentschieden.',
  },
  say: 'Sagen, was sie ist',
  own: 'Sie sagen: {verdict}',
  none: 'Zurücknehmen',
  public: 'Andere können das hören.',
  private: 'Das bleibt auf diesem Rechner. In den Einstellungen lässt sich erlauben, dass andere es hören.',
  verdicts: {
    good: 'Gut',
    fake: 'Falsch',
    broken: 'Beschädigt',
    malware: 'Schadsoftware',
    mislabelled: 'Falsch benannt',
  },
  consent: {
    title: 'Dürfen andere hören, was Sie sagen?',
    text: 'Was Sie zu einer Datei sagen, hilft anderen, schlechte zu meiden und gute zu finden. Es wird mit dem Schlüssel dieses Peers unterschrieben, verrät also auch, dass Sie diese Datei hatten. Das lässt sich in den Einstellungen ändern; was gesagt ist, lässt sich nicht sicher zurückholen.',
    yes: 'Anderen sagen',
    no: 'Hier behalten',
  },
};
export default texts;
