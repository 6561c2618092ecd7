import { defineStore } from 'pinia';
import { shallowRef } from 'vue';

export type Question = {
  readonly title?: string;
  /** What it is about: a stranger's text. */
  readonly subject?: string;
  readonly text: string;
  /** What agreeing does. */
  readonly yes: string;
  /** What refusing does, where that is more than nothing: then neither answer is a loss. */
  readonly no?: string;
  readonly answer: (isYes: boolean) => void;
};

/** A question that must be answered before something that cannot be undone. */
export const useConfirm = defineStore('confirm', () => {
  const question = shallowRef<Question>();

  /** Resolves with whether the user agreed; a question that another one replaces counts as refused. */
  function ask(asked: Omit<Question, 'answer'>): Promise<boolean> {
    question.value?.answer(false);
    return new Promise((resolve) => {
      question.value = {
        ...asked,
        answer: (isYes) => {
          question.value = undefined;
          resolve(isYes);
        },
      };
    });
  }
  return { question, ask };
});
