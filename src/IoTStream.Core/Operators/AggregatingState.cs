using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>An aggregate for each key: takes values in and keeps what they come to.</summary>
/// <remarks>Not thread-safe: belongs to one instance of a function, on one lane.</remarks>
/// <typeparam name="T">The type of what is taken in.</typeparam>
/// <typeparam name="TResult">The type of the result.</typeparam>
public abstract class AggregatingState<T, TResult> : KeyedState
{
    private protected AggregatingState(string name, StateTtl? ttl)
        : base(name, ttl)
    {
    }

    /// <summary>The aggregate of all that has been added for the current key.</summary>
    /// <exception cref="InvalidOperationException">Nothing has been added: ask <see cref="KeyedState.HasValue"/> before.</exception>
    public abstract TResult Result { get; }

    /// <summary>Takes a value in, with the timestamp of this callback.</summary>
    /// <param name="value">The value.</param>
    public abstract void Add(T value);
}

internal sealed class AggregatingState<T, TAccumulator, TResult, TAggregate>(TAggregate aggregate, string name, StateTtl? ttl)
    : AggregatingState<T, TResult>(name, ttl)
    where TAggregate : struct, IAggregate<T, TAccumulator, TResult>
{
    private TAccumulator[] _accumulators = [];

    public override TResult Result
    {
        get
        {
            int place = Find();
            return place < 0
                ? throw new InvalidOperationException($"Nothing has been added to state '{Name}' for this key, or it has expired: ask HasValue before.")
                : aggregate.GetResult(in _accumulators[place]);
        }
    }

    public override void Add(T value)
    {
        if (HasValue)
        {
            aggregate.Add(ref _accumulators[Claim(out _)], value, Scope.Record);
            return;
        }

        // If one of these throws there is still nothing.
        TAccumulator accumulator = aggregate.Create();
        aggregate.Add(ref accumulator, value, Scope.Record);
        int place = Claim(out _);
        _accumulators[place] = accumulator;
    }

    internal override EntryValues ToValues(StateSerializers serializers) => new PlaceValues<TAccumulator>(
        serializers.OfAccumulator<T, TAccumulator, TResult, TAggregate>(aggregate), place => _accumulators[place], (place, accumulator) => _accumulators[place] = accumulator);

    private protected override void Resize(int places) => Array.Resize(ref _accumulators, places);

    private protected override void Reset(int place) => _accumulators[place] = default!;
}
