namespace IoTStream.State;

/// <summary>
/// What the states of a function hold for a key: those that hold something, each by its name, so that a state can be added to the function or left out. What
/// one that was left out held is passed over.
/// </summary>
internal sealed class KeyedStateValues<TKey> : EntryValues
    where TKey : notnull
{
    private const string NeverExpires = "kept";
    private const string ExpiresByEventTime = "expires by event time";
    private const string ExpiresByClock = "expires by the clock";

    /// <summary>What had no time to live when it was written, and is to have one now, gets it when it is written next.</summary>
    private const long Never = long.MaxValue;

    private readonly StateTable<TKey, int> _keys;
    private readonly Part[] _states;
    private readonly Part[] _parts;

    /// <param name="keys">For each key how many states hold something.</param>
    /// <param name="states">The states of the function.</param>
    /// <param name="serializers">The serializers of the topology.</param>
    public KeyedStateValues(StateTable<TKey, int> keys, IReadOnlyList<KeyedState> states, StateSerializers serializers)
    {
        _keys = keys;
        _states = [.. states.Select(state => new Part(state, state.ToValues(serializers), state.Ttl is not null))];
        _parts = _states;
        Format = StateFormat.Of([.. _states.SelectMany(static part => (string[])[part.State!.Name, ExpiryOf(part.State), part.Values!.Format])]);
    }

    private KeyedStateValues(KeyedStateValues<TKey> now, Part[] parts, string format)
    {
        _keys = now._keys;
        _states = now._states;
        _parts = parts;
        Format = format;
    }

    public override string Format { get; }

    public override void Write(StateWriter writer, int place)
    {
        writer.WriteCount(_keys.StateAt(place));
        for (int i = 0; i < _states.Length; i++)
        {
            KeyedState state = _states[i].State!;
            if (!state.IsUsed(place))
            {
                continue;
            }

            writer.WriteCount(i);
            int block = writer.BeginBlock();
            if (_states[i].HasExpiry)
            {
                writer.Write(state.ExpiryAt(place));
            }

            _states[i].Values!.Write(writer, place);
            writer.EndBlock(block);
        }
    }

    public override void Read(ref StateReader reader, int place)
    {
        Remove(place);
        int used = 0;
        for (int left = reader.ReadCount(); left > 0; left--)
        {
            int index = reader.ReadCount();
            var value = new StateReader(reader.ReadBlock());
            if (index >= _parts.Length)
            {
                throw new InvalidDataException("The bytes of a key's states name one that their format does not.");
            }

            if (_parts[index] is { State: { } state } part)
            {
                long expiry = part.HasExpiry ? value.Read<long>() : Never;
                state.Restore(place, part.IsSameExpiry ? expiry : Never);
                part.Values!.Read(ref value, place);
                used++;
            }
        }

        _keys.StateAt(place) = used;
    }

    public override void Expect(int entries)
    {
        foreach (Part part in _states)
        {
            part.State!.Reserve(entries);
        }
    }

    public override void Remove(int place)
    {
        foreach (Part part in _states)
        {
            part.State!.Forget(place);
        }
    }

    public override EntryValues? Reading(string format)
    {
        if (StateFormat.PartsOf(format) is not { } found || found.Length % 3 != 0)
        {
            return null;
        }

        Part[] parts = new Part[found.Length / 3];
        for (int i = 0; i < parts.Length; i++)
        {
            (string name, string expiry, string values) = (found[3 * i], found[(3 * i) + 1], found[(3 * i) + 2]);
            if (Array.Find(_states, state => string.Equals(state.State!.Name, name, StringComparison.Ordinal)) is not { State: { } known } part)
            {
                continue;
            }

            if (part.Values!.Reading(values) is not { } reads)
            {
                return null;
            }

            parts[i] = new Part(known, reads, !string.Equals(expiry, NeverExpires, StringComparison.Ordinal))
            {
                IsSameExpiry = string.Equals(expiry, ExpiryOf(known), StringComparison.Ordinal),
            };
        }

        return new KeyedStateValues<TKey>(this, parts, format);
    }

    /// <summary>Keys of which all that they had belonged to states that are no more.</summary>
    public override void OnRestored()
    {
        for (int place = 0; place < _keys.Places; place++)
        {
            if (_keys.IsAt(place) && _keys.StateAt(place) == 0)
            {
                _keys.RemoveAt(place);
            }
        }
    }

    private static string ExpiryOf(KeyedState state) =>
        state.Ttl is null ? NeverExpires : state.Ttl.IsEventTime ? ExpiresByEventTime : ExpiresByClock;

    /// <param name="State">The state; null if it was left out.</param>
    /// <param name="Values">What it holds, as bytes.</param>
    /// <param name="HasExpiry">Whether the bytes begin with when it expires.</param>
    private readonly record struct Part(KeyedState? State, EntryValues? Values, bool HasExpiry)
    {
        /// <summary>Whether that is what the state goes by now.</summary>
        public bool IsSameExpiry { get; init; } = true;
    }
}
