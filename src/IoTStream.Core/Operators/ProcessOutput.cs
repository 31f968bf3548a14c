using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>Where the results of a process function go.</summary>
/// <param name="Emit">Gives a result.</param>
/// <param name="Sides">The side outputs that somebody takes.</param>
/// <param name="IsFull">Whether a loop that can stop should stop until there is room.</param>
/// <param name="Origin">The origin of results that come from no single record.</param>
internal sealed record ProcessOutput<TOut>(EmitResult<TOut> Emit, IReadOnlyList<TaggedOutput> Sides, Func<bool> IsFull, RecordOrigin Origin);
