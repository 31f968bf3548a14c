using IoTStream.Dsl;

namespace IoTStream.Simulation.Jobs;

/// <summary>Where a step is added, and under which name.</summary>
/// <param name="Draft">The topology.</param>
/// <param name="Input">What it is given.</param>
/// <param name="Traits">What holds of that.</param>
/// <param name="Name">Its name.</param>
/// <param name="Random">Draws what is left open.</param>
internal sealed record StepPlace(Draft Draft, DataStream<Reading> Input, Traits Traits, string Name, Random Random)
{
    public KeyedStream<int, Reading> ByNumber => ByNumberOf(Input);

    public KeyedStream<string, Reading> ByText => Input.KeyBy(reading => Key.TextOf(reading.Key));

    public KeyedStream<Place, Reading> ByPlace => Input.KeyBy(reading => Place.Of(reading.Key), place => place.Number);

    public static KeyedStream<int, Reading> ByNumberOf(DataStream<Reading> readings) => readings.KeyBy(reading => reading.Key);

    /// <summary>Some aggregation.</summary>
    public Dsl.Aggregation<Reading, string> Aggregation(bool isMergeable = false) => Aggregations.Draw(Random, isMergeable, isOrdered: Traits.HasFlag(Traits.Ordered));

    public T OneOf<T>(params ReadOnlySpan<T> choices) => choices[Random.Next(choices.Length)];
}
