import type { Catalogue } from '../catalogue.ts';

const preview: Catalogue['preview'] = {
  title: 'معاينة {name}',
  asking: 'جارٍ فحص الملف…',
  waiting: 'لم تصل بداية الملف بعد. ستُعرض فور وصولها.',
  buffering: 'في انتظار الجزء التالي من الملف…',
  element: 'لا يمكن تشغيل هذا الملف أو عرضه هنا: فهو تالف أو غير مكتمل أو من نوع غير معروف هنا.',
  textCut: 'أول {size} من الملف.',
  image: 'صورة {name}',
  retry: 'إعادة المحاولة',
};
export default preview;
