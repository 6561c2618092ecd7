import type { Catalogue } from '../catalogue.ts';

const texts: Catalogue['votes'] = {
  title: 'Lo que otros dicen',
  nobody: 'Nadie de los consultados dice nada.',
  voters: 'De {count} voto, {known} con quien ya coincidió. | De {count} votos, {known} con quienes ya coincidió.',
  evidence: 'Es un indicio, no la verdad.',
  lean: {
    good: 'Parece bueno.',
    bad: 'Cuidado: parece malo.',
    open: 'Sin decidir.',
  },
  say: 'Decir qué es',
  own: 'Usted dice: {verdict}',
  none: 'Retirarlo',
  public: 'Otros pueden oírlo.',
  private: 'Esto queda en este equipo. En los ajustes puede permitir que otros lo oigan.',
  verdicts: {
    good: 'Bueno',
    fake: 'Falso',
    broken: 'Dañado',
    malware: 'Programa malicioso',
    mislabelled: 'Mal etiquetado',
  },
  consent: {
    title: '¿Pueden otros oír lo que dice?',
    text: 'Lo que usted dice de un archivo ayuda a otros a evitar los malos y a encontrar los buenos. Va firmado con la clave de este par, así que también revela que usted tuvo este archivo. Puede cambiarlo en los ajustes; lo ya dicho no se puede retirar con certeza.',
    yes: 'Contarlo a otros',
    no: 'Guardarlo aquí',
  },
};
export default texts;
