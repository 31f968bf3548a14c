namespace IoTStream.State;

/// <summary>One value for each key.</summary>
/// <remarks>
/// Not thread-safe: belongs to one instance of a function, on one lane. If the value is an object that has been changed in place, set it again: what was not
/// set has not changed as far as an epoch log is concerned.
/// </remarks>
/// <typeparam name="T">The type of the value. Structs are kept without an allocation.</typeparam>
public sealed class ValueState<T> : KeyedState
{
    private readonly T _initial;
    private T[] _values = [];

    internal ValueState(string name, T initial, StateTtl? ttl)
        : base(name, ttl) => _initial = initial;

    /// <summary>The value of the current key; the initial one that the declaration gave, if there is none.</summary>
    public T Value
    {
        get
        {
            int place = Find();
            return place < 0 ? _initial : _values[place];
        }

        set
        {
            // The place first: finding it can move the values.
            int place = Claim(out _);
            _values[place] = value;
        }
    }

    /// <summary>The value of the current key, if there is one.</summary>
    /// <param name="value">The value; the initial one if there is none.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGet(out T value)
    {
        int place = Find();
        value = place < 0 ? _initial : _values[place];
        return place >= 0;
    }

    /// <summary>The value itself, to be changed in place: counts as a write. There has to be one. Valid until the callback returns.</summary>
    internal ref T Reference() => ref _values[Claim(out _)];

    internal override EntryValues ToValues(StateSerializers serializers) =>
        new PlaceValues<T>(serializers.Of<T>(), place => _values[place], (place, value) => _values[place] = value);

    private protected override void Resize(int places) => Array.Resize(ref _values, places);

    private protected override void Reset(int place) => _values[place] = default!;
}
