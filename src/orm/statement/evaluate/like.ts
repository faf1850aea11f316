import { type Truth, UNDECIDED } from "./logic.ts";

/** SQL's LIKE of a text and a pattern, where case counts; a text that would match without case or accents is undecided. */
export function matchesLike(text: string, pattern: string, escape: string): Truth {
  if (likeExpression(pattern, escape).test(text)) return true;
  return likeExpression(folded(pattern), escape).test(folded(text)) ? UNDECIDED : false;
}

function likeExpression(pattern: string, escape: string): RegExp {
  let source = "";
  let isEscaped = false;
  for (const character of pattern) {
    if (isEscaped) {
      source += literally(character);
      isEscaped = false;
    } else if (character === escape) isEscaped = true;
    else if (character === "%") source += ".*";
    else if (character === "_") source += ".";
    else source += literally(character);
  }
  // a lone escape at the end stands for itself on some databases, on others it is an error
  return new RegExp(`^${source}${isEscaped ? literally(escape) : ""}$`, "su");
}

function literally(character: string): string {
  return /[\\^$.*+?()[\]{}|/-]/.test(character) ? `\\${character}` : character;
}

function folded(text: string): string {
  return text.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase();
}
