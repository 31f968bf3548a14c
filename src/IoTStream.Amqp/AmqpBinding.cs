namespace IoTStream.Amqp;

/// <summary>A rule by which messages of an exchange come into a queue.</summary>
/// <param name="Exchange">The exchange: its name alone, if it has to be there already, or one that is declared.</param>
/// <param name="RoutingKey">Which messages: their routing key, or for a topic exchange a pattern such as <c>plant.*.temperature</c> or <c>plant.#</c>. A fanout exchange ignores it.</param>
/// <remarks>Immutable; thread-safe as far as the arguments are left alone.</remarks>
public sealed record AmqpBinding(AmqpExchange Exchange, string RoutingKey = "")
{
    /// <summary>Further arguments, by which a headers exchange decides; default none.</summary>
    public IReadOnlyDictionary<string, object?> Arguments { get; init; } = new Dictionary<string, object?>(StringComparer.Ordinal);

    internal void Validate()
    {
        AmqpServer.Check(Exchange is not null, "Binding.Exchange", "cannot be null");
        AmqpServer.Check(Exchange!.Name.Length > 0, "Binding.Exchange", "cannot be the default exchange, which brings a queue what bears its name anyway");
        AmqpServer.Check(RoutingKey is not null, "Binding.RoutingKey", "cannot be null; it may be empty");
        AmqpServer.CheckShort(RoutingKey!, "Binding.RoutingKey");
        AmqpServer.Check(Arguments is not null, "Binding.Arguments", "cannot be null");
        Exchange.Validate();
    }
}
