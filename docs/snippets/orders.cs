using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;

var builder = new TopologyBuilder("snippet");
ISource<Order> orderSource = Source.From<Order>([]);
ISource<Payment> paymentSource = Source.From<Payment>([]);
ISource<Price> priceSource = Source.From<Price>([]);

internal sealed record Order(string Customer, int Id, DateTimeOffset At, decimal Amount);

internal sealed record Payment(string Customer, DateTimeOffset At, decimal Amount);

internal sealed record Price(string Customer, DateTimeOffset ValidFrom, decimal Discount, bool IsWithdrawn);
