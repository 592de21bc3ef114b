export { type Order, turned };

/** By which column rows stand, and which way. */
interface Order {
  readonly column: string;
  readonly isDescending: boolean;
}

/** The same column again turns the order round; another one begins ascending. */
const turned = (order: Order, column: string): Order => ({
  column,
  isDescending: order.column === column && !order.isDescending,
});
