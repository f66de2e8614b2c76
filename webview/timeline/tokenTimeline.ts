/** The region "Token timeline" of the selected call. */
import { nearest } from '../../src/model/search.js';
import { countKinds, kindCount } from '../../src/model/levelOfDetail.js';
import { TokenKind, tokenKindLabels } from '../../src/model/tokens.js';
import type { Call } from '../../src/model/trace.js';
import { element } from '../shell/elements.js';
import { type Theme, watchTheme } from '../shell/theme.js';
import { Tooltip } from '../shell/tooltip.js';
import type { PageActions } from '../state/actions.js';
import { noTokensSentence, tokensCaveat } from '../state/missingTokens.js';
import type { PageModel, Span } from '../state/pageModel.js';
import type { PageStore } from '../state/pageStore.js';
import { selectedStep } from '../state/selection.js';
import { Canvas } from './canvas.js';
import { type TimelineSurface, listenToGestures } from './tokenInteraction.js';
import { TokenCursor } from './tokenCursor.js';
import { paintMarks, paintNotes } from './tokenPaint.js';
import { type TokenAxis, type TokenScene, tokenAxis, tokenScene } from './tokenScene.js';
import { hoverText, spokenToken, summary } from './tokenWords.js';
import { isSame, showing, within } from './viewport.js';

export function mountTokenTimeline(
  container: HTMLElement,
  store: PageStore,
  actions: PageActions,
): void {
  new TokenTimeline(container, store, actions);
}

/** Closer would be closer than any clock. */
const shortestUs = 1_000;
const fewestTokens = 8;

class TokenTimeline {
  private readonly title = element('h2', { class: 'section-title' });
  private readonly picture: HTMLElement;
  private readonly marks: Canvas;
  private readonly notes: Canvas;
  private readonly cursor = new TokenCursor();
  private readonly message = element('p', { class: 'token-timeline-message' });
  private readonly description = element('p', {
    class: 'visually-hidden',
    id: 'token-timeline-summary',
  });
  private readonly announcer = element('p', { class: 'visually-hidden', 'aria-live': 'polite' });
  private readonly tooltip = new Tooltip();
  private theme: Theme | null = null;
  private axis: TokenAxis | null = null;
  private scene: (TokenScene & { readonly view: Span }) | null = null;
  private followedPlace: number | null = null;
  private taken: { readonly call: Call | null; readonly tokens: PageModel['tokens'] } | null = null;
  private legendWords = '';

  constructor(
    container: HTMLElement,
    private readonly store: PageStore,
    private readonly actions: PageActions,
  ) {
    const [marks, notes] = [element('canvas'), element('canvas')];
    const { veil, line, pointer } = this.cursor;
    this.picture = element(
      'div',
      { class: 'token-picture', 'aria-hidden': 'true' },
      marks,
      veil,
      notes,
      pointer,
      line,
    );
    const region = element(
      'div',
      {
        class: 'token-timeline',
        role: 'region',
        'aria-label': 'Token timeline',
        'aria-describedby': this.description.id,
        tabindex: '0',
      },
      this.picture,
      this.message,
      this.description,
      this.announcer,
    );
    container.append(this.title, region);
    this.marks = new Canvas(marks, () => this.paint());
    this.notes = new Canvas(notes, () => this.paint());
    listenToGestures(region, {
      surface: () => this.surface(),
      setView: (view) => this.setView(view),
      moveToX: (x) => this.moveToX(x),
      step: (tokens) => this.step(tokens),
      hover: (event) => this.hover(event, region),
    });
    watchTheme((theme) => {
      this.theme = theme;
      this.paint();
    });
    store.watch(['tokens', 'run', 'stepKey'], () => this.take());
    store.watch(['tokenView'], () => this.paint());
    store.watch(['position', 'timeUs', 'playing', 'tokenView'], () => {
      this.follow();
      this.placeCursor();
    });
  }

  private take(): void {
    const { tokens } = this.store.current;
    const call = selectedStep(this.store.current)?.call ?? null;
    // News of other calls of the run change nothing here.
    if (this.taken?.call === call && this.taken.tokens === tokens) return;
    this.taken = { call, tokens };
    this.axis = call && tokens && tokens.count > 0 ? tokenAxis(call, tokens, this.axis) : null;
    this.scene = null;
    if (this.axis === null) this.tooltip.hide();
    this.picture.hidden = this.axis === null;
    this.message.hidden = this.axis !== null;
    this.message.textContent = call && tokens ? (noTokensSentence(call) ?? '') : 'Loading tokens…';
    this.description.textContent = this.axis ? summary(this.axis) : '';
    this.drawLegend();
    this.paint();
  }

  /** The kinds that the call has, and what a reader must know about its tokens. */
  private drawLegend(): void {
    const kinds = this.axis ? kindsOf(this.axis) : [];
    const caveat = this.axis && tokensCaveat(this.axis.call, this.axis.tokens);
    const words = JSON.stringify([kinds, caveat]);
    if (words === this.legendWords) return;
    this.legendWords = words;
    this.title.replaceChildren('Token timeline', ...legend(kinds, caveat));
  }

  private paint(): void {
    const scene = this.currentScene();
    const { theme } = this;
    if (!scene || !theme) return;
    this.marks.draw((context) => paintMarks(context, scene, theme));
    this.notes.draw((context) => paintNotes(context, scene, theme));
    this.placeCursor();
  }

  /** Laid out anew only when what is shown changed, not when the cursor moved. */
  private currentScene(): TokenScene | null {
    const { width } = this.marks.size;
    const view = this.view();
    if (!this.axis || !view || width === 0) return null;
    if (this.scene?.width !== width || !isSame(this.scene.view, view)) {
      this.scene = { ...tokenScene(this.axis, view, width), view };
    }
    return this.scene;
  }

  private view(): Span | null {
    if (!this.axis) return null;
    const { tokenView } = this.store.current;
    return tokenView ? within(tokenView, this.axis.whole) : this.axis.whole;
  }

  private placeCursor(): void {
    const scene = this.currentScene();
    const { position, playing } = this.store.current;
    const place = this.place();
    // At rest before the first token, nothing is ahead yet: the whole call is shown.
    const isAtRest = position < 0 && !playing;
    this.cursor.moveTo(scene && place !== null && !isAtRest ? scene.scale(place) : null);
  }

  private place(): number | null {
    if (!this.axis) return null;
    return this.axis.isTimed ? this.store.current.timeUs : this.store.current.position;
  }

  private surface(): TimelineSurface | null {
    const scene = this.currentScene();
    const view = this.view();
    if (!scene || !view || !this.axis) return null;
    const shortest = this.axis.isTimed ? shortestUs : fewestTokens;
    return { scale: scene.scale, view, whole: this.axis.whole, shortest, place: this.place() };
  }

  private setView(view: Span): void {
    const isWhole = this.axis !== null && isSame(view, this.axis.whole);
    this.actions.setTokenView(isWhole ? null : view);
  }

  /** Turns a zoomed view over when the current token leaves it; not when the user moved the view. */
  private follow(): void {
    const place = this.place();
    const view = this.view();
    if (place === this.followedPlace || place === null || !view || !this.axis) return;
    this.followedPlace = place;
    const shown = showing(view, this.axis.whole, place);
    if (!isSame(shown, view)) this.setView(shown);
  }

  private moveToX(x: number): void {
    const scene = this.currentScene();
    if (!scene || !this.axis) return;
    this.actions.moveTo(nearest(this.axis.marks.places, scene.scale.invert(x)));
  }

  private step(tokens: number): void {
    if (!this.axis) return;
    this.actions.setPlaying(false);
    const last = this.axis.tokens.count - 1;
    const position = Math.max(0, Math.min(this.store.current.position + tokens, last));
    this.actions.moveTo(position);
    this.announcer.textContent = spokenToken(this.axis, position);
  }

  private hover(event: PointerEvent | null, region: HTMLElement): void {
    const scene = this.currentScene();
    if (!event || !scene || !this.axis) {
      this.cursor.point(null);
      this.tooltip.hide();
      return;
    }
    const x = event.clientX - region.getBoundingClientRect().left;
    this.cursor.point(x);
    this.tooltip.show(hoverText(this.axis, scene, x), event);
  }
}

/** Reasoning, which comes before the text, first. */
function kindsOf({ marks, tokens }: TokenAxis): number[] {
  const counts = new Uint32Array(kindCount);
  countKinds(marks, 0, tokens.count, counts, 0);
  return Object.values(TokenKind)
    .filter((kind) => (counts[kind] ?? 0) > 0)
    .toSorted((a, b) => Number(b === TokenKind.reasoning) - Number(a === TokenKind.reasoning));
}

function legend(kinds: readonly number[], caveat: string | null): HTMLElement[] {
  const entries = kinds.map((kind) => {
    const label = tokenKindLabels[kind] ?? 'other';
    const swatch = element('span', { class: `swatch ${label.replaceAll(' ', '-')}` });
    return element('span', { class: 'legend-entry' }, swatch, label);
  });
  if (caveat !== null) entries.push(element('span', { class: 'legend-entry caveat' }, caveat));
  return entries;
}
