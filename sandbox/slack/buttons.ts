import type { ActionsBlock, Button, SectionBlock } from '@slack/types';
import type { SlackMessage } from './state.ts';

export interface FoundButton {
  readonly blockId: string;
  readonly button: Button;
}

/** The buttons of a message in reading order, in action rows and beside texts. */
export function buttonsOf({ blocks = [] }: Pick<SlackMessage, 'blocks'>): FoundButton[] {
  return blocks.flatMap((block, index) => {
    const blockId = block.block_id ?? `block-${index}`;
    if (block.type === 'actions') {
      return (block as ActionsBlock).elements
        .filter((element): element is Button => element.type === 'button')
        .map((button) => ({ blockId, button }));
    }
    const accessory = block.type === 'section' ? (block as SectionBlock).accessory : undefined;
    return accessory?.type === 'button' ? [{ blockId, button: accessory }] : [];
  });
}
