using IoTStream.Connectors;
using IoTStream.Core.Tests.Oracle;
using IoTStream.Operators;

namespace IoTStream.Core.Tests.Operators;

/// <summary>Fails on some records and on some results.</summary>
internal struct Fragile : IMergeableAggregate<Reading, int, int>
{
    public readonly int Create() => 0;

    public readonly void Add(ref int accumulator, Reading value, RecordContext context) =>
        accumulator += value.Value % 11 == 0 ? throw new FormatException() : value.Value;

    public readonly void Merge(ref int accumulator, in int other) => accumulator += other;

    public readonly int GetResult(in int accumulator) => accumulator % 5 == 0 ? throw new FormatException() : accumulator;
}
