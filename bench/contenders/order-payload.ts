/** What every contender stores: the JSON of an order with two items, 300 bytes. */

/** The n-th order; every one is equally long. */
export function orderJson(number: number): string {
  const id = String(number).padStart(12, '0');
  return `{"orderId":"01a20bf0-1993-72ee-9469-${id}","customerId":"customer-1","restaurantId":"restaurant-1","currency":"USD","amountMinor":"20700","items":[{"code":"vm","name":"Veg Meals","unitPriceMinor":"20000","quantity":1},{"code":"lassi","name":"Mango Lassi","unitPriceMinor":"350","quantity":2}]}`;
}
