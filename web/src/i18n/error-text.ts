import { useI18n } from 'vue-i18n';
import { ApiFailure, isJson, problemsOf, type ApiError, type Problem } from '../api/index.ts';
import type { Messages } from './en.ts';

export interface ErrorText {
  readonly title: string;
  readonly detail: string;
}

type Code = keyof Messages['problems'];

/**
 * Says in the reader's language what went wrong, and what to do. Takes an error of the API or what
 * a query threw.
 */
export function useErrorText(): (error: unknown) => ErrorText {
  const { t, te } = useI18n();

  function ofProblem({ code, detail }: Problem): ErrorText | null {
    if (!te(`problems.${code}.title`)) return null;
    const title = t(`problems.${code as Code}.title`);
    // What is wrong with an attribute only the service knows.
    if (code === 'invalid-attribute' && detail) return { title, detail };
    return { title, detail: t(`problems.${code as Code}.detail`) };
  }

  function ofError(error: ApiError): ErrorText {
    const [problem] = problemsOf(error);
    const problemText = problem && ofProblem(problem);
    if (problemText) return problemText;
    const { kind } = error;
    const detail = kind === 'refused' && problem ? problem.detail : t(`errors.${kind}.detail`);
    return { title: t(`errors.${kind}.title`), detail };
  }

  return (error) => {
    if (error instanceof ApiFailure) return ofError(error.error);
    if (isApiError(error)) return ofError(error);
    return { title: t('errors.unexpected.title'), detail: t('errors.unexpected.detail') };
  };
}

function isApiError(error: unknown): error is ApiError {
  return isJson(error) && 'kind' in error;
}
