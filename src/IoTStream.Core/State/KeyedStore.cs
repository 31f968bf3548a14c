using IoTStream.Connectors;

namespace IoTStream.State;

/// <summary>
/// The states of a function for all keys of a lane. A key has one place, at which each state keeps what it has for it: it is looked up
/// once a callback, however many states there are. Keys for which no state holds anything are not kept.
/// </summary>
internal sealed class KeyedStore<TKey> : StateScope
    where TKey : notnull
{
    // Often enough that what has expired goes faster than new keys can come, and seldom enough to cost little.
    private const int CallbacksASweep = 16;
    private const int PlacesASweep = 32;

    // How many states hold something for a key.
    private readonly StateTable<TKey, int> _keys = new();
    private readonly IReadOnlyList<KeyedState> _states;
    private readonly KeyedState[] _expiring;
    private TKey _key = default!;
    private int _callbacks;
    private int _swept;

    public KeyedStore(StateSet states, bool hasEventTime, TimeProvider timeProvider)
        : base(timeProvider)
    {
        states.Bind(this, hasEventTime);
        _states = states.All;
        _expiring = [.. states.All.Where(state => state.Ttl is not null)];
    }

    /// <summary>How many keys have state, what has expired and has not been given up yet included.</summary>
    public int Count => _keys.Count;

    public TKey Key => _key;

    /// <summary>The states of all keys as a table that the epoch log has too.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="keys">What keys are as bytes.</param>
    /// <param name="serializers">The serializers of the topology.</param>
    /// <param name="ownership">Which keys are a lane's; by default they are the keys of the records.</param>
    public DurableTable Durable(
        string name, StateSerializer<TKey> keys, StateSerializers serializers, Func<KeyOwnership, Func<TKey, bool>>? ownership = null) =>
        new DurableStateTable<TKey, int>(name, _keys, keys, new KeyedStateValues<TKey>(_keys, _states, serializers), ownership);

    /// <summary>Makes a key the current one, until <see cref="Leave"/>.</summary>
    public void Enter(TKey key, RecordContext record)
    {
        Begin(record);
        _key = key;
        Open(_keys.PlaceOf(key));
    }

    public void Leave()
    {
        int place = Place;
        Close();
        _key = default!;
        if (place >= 0)
        {
            NoteChange(place);
        }

        if (_expiring.Length > 0 && ++_callbacks == CallbacksASweep)
        {
            _callbacks = 0;
            Sweep();
        }
    }

    /// <summary>Makes each key that has state the current one in turn.</summary>
    public void ForEachKey(Action<TKey> action)
    {
        for (int place = 0; place < _keys.Places; place++)
        {
            if (!_keys.IsAt(place) || !Keep(place))
            {
                continue;
            }

            _key = _keys.KeyAt(place);
            Open(place);
            try
            {
                action(_key);
            }
            finally
            {
                Close();
                _key = default!;
                NoteChange(place);
            }
        }
    }

    public override void OnUsed(int place) => _keys.StateAt(place)++;

    public override void OnEmptied(int place)
    {
        _keys.StateAt(place)--;
        _keys.MarkChanged(place);
    }

    protected override int Add() => _keys.GetOrAddPlace(_key, out _);

    private void NoteChange(int place)
    {
        if (IsChanged)
        {
            _keys.MarkChanged(place);
        }

        if (_keys.StateAt(place) == 0)
        {
            _keys.RemoveAt(place);
        }
    }

    private void Sweep()
    {
        for (int i = Math.Min(PlacesASweep, _keys.Places); i > 0; i--)
        {
            _swept = _swept + 1 < _keys.Places ? _swept + 1 : 0;
            if (_keys.IsAt(_swept))
            {
                Keep(_swept);
            }
        }
    }

    /// <summary>Gives up what has expired at a place.</summary>
    /// <returns>Whether something is left.</returns>
    private bool Keep(int place)
    {
        foreach (KeyedState state in _expiring)
        {
            state.Expire(place, this);
        }

        if (_keys.StateAt(place) > 0)
        {
            return true;
        }

        _keys.RemoveAt(place);
        return false;
    }
}
