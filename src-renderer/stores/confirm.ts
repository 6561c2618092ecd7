import { defineStore } from 'pinia';
import { shallowRef } from 'vue';

export type Question = { readonly text: string; readonly yes: string; readonly answer: (isYes: boolean) => void };

/** A question that must be answered before something that cannot be undone. */
export const useConfirm = defineStore('confirm', () => {
  const question = shallowRef<Question>();

  /** Resolves with whether the user agreed; a question that another one replaces counts as refused. */
  function ask(text: string, yes: string): Promise<boolean> {
    question.value?.answer(false);
    return new Promise((resolve) => {
      question.value = {
        ...{ text, yes },
        answer: (isYes) => {
          question.value = undefined;
          resolve(isYes);
        },
      };
    });
  }
  return { question, ask };
});
