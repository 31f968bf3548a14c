using System.Runtime.CompilerServices;
using IoTStream.Time;

namespace IoTStream.State;

/// <summary>
/// Something that a function remembers for each key. Within a callback it means the state of the key that the callback is for; anywhere
/// else it cannot be used. Declared by name through <see cref="StateSet"/>.
/// </summary>
/// <remarks>Not thread-safe: belongs to one instance of a function, on one lane.</remarks>
public abstract class KeyedState
{
    private readonly long _ttl;
    private readonly bool _expires;
    private readonly bool _isRefreshedByReads;
    private StateScope? _scope;
    private bool[] _used = [];
    private long[] _expiries = [];

    private protected KeyedState(string name, StateTtl? ttl)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Name = name;
        Ttl = ttl;
        _expires = ttl is not null;
        _ttl = Math.Min(ttl?.Time.Ticks ?? 0, Ticks.Forever);
        _isRefreshedByReads = ttl is { IsRefreshedByReads: true };
    }

    /// <summary>The name, unique in the function and the same over restarts.</summary>
    public string Name { get; }

    /// <summary>How long the state is remembered; null if until it is cleared.</summary>
    public StateTtl? Ttl { get; }

    /// <summary>Whether there is something for the current key.</summary>
    public bool HasValue => Find() >= 0;

    private protected StateScope Scope => _scope ?? throw new InvalidOperationException(
        $"State '{Name}' was used before the job had started: use it within OnRecord and OnTimer, not in the constructor of the function.");

    /// <summary>Forgets what there is for the current key.</summary>
    public void Clear()
    {
        int place = Scope.Place;
        if (place >= 0 && IsUsed(place))
        {
            Release(place);
        }
    }

    internal void Bind(StateScope scope) => _scope = scope;

    /// <summary>What the state holds at a place, as bytes.</summary>
    internal abstract EntryValues ToValues(StateSerializers serializers);

    /// <summary>Whether something is at a place, even if it has expired.</summary>
    internal bool IsUsed(int place) => (uint)place < (uint)_used.Length && _used[place];

    /// <summary>When what is at a place expires, of a state that does.</summary>
    internal long ExpiryAt(int place) => _expiries[place];

    /// <summary>Makes space for places below a number.</summary>
    internal void Reserve(int places)
    {
        if (places > _used.Length)
        {
            Grow(places - 1);
        }
    }

    /// <summary>Something is at a place from now on, which is about to be set.</summary>
    internal void Restore(int place, long expiry)
    {
        if (place >= _used.Length)
        {
            Grow(place);
        }

        _used[place] = true;
        if (_expires)
        {
            _expiries[place] = expiry;
        }
    }

    /// <summary>Nothing is at a place any more, without a word to the scope.</summary>
    internal void Forget(int place)
    {
        if (IsUsed(place))
        {
            _used[place] = false;
            Reset(place);
        }
    }

    /// <summary>Gives up what has expired at a place.</summary>
    internal void Expire(int place, StateScope scope)
    {
        if (IsUsed(place) && _expiries[place] <= (Ttl!.IsEventTime ? scope.EventClock : scope.ProcessingTime))
        {
            Release(place);
        }
    }

    /// <summary>The place of what there is for the current key; negative if there is nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private protected int Find()
    {
        int place = Scope.Place;
        if (place < 0 || !IsUsed(place))
        {
            return -1;
        }

        return _expires ? FindLiving(place) : place;
    }

    /// <summary>The place of the current key, in which something is from now on.</summary>
    /// <param name="isNew">Whether nothing was there: then what the place holds is to be set, whatever it is.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private protected int Claim(out bool isNew)
    {
        StateScope scope = Scope;
        int place = scope.ClaimPlace();
        scope.MarkChanged();
        if (place >= _used.Length)
        {
            Grow(place);
        }

        isNew = !_used[place];
        if (isNew)
        {
            _used[place] = true;
            scope.OnUsed(place);
        }

        if (_expires)
        {
            isNew |= _expiries[place] <= Now;
            Refresh(place, isNew);
        }

        return place;
    }

    /// <summary>Gives up a place in use.</summary>
    private protected void Release(int place)
    {
        _used[place] = false;
        if (_expires)
        {
            _expiries[place] = 0;
        }

        Reset(place);
        Scope.OnEmptied(place);
    }

    /// <summary>Makes space for places below a number.</summary>
    private protected abstract void Resize(int places);

    /// <summary>Lets go of what a place holds.</summary>
    private protected abstract void Reset(int place);

    private long Now => Ttl!.IsEventTime ? Scope.EventTime : Scope.ProcessingTime;

    private int FindLiving(int place)
    {
        if (_expiries[place] <= Now)
        {
            return -1;
        }

        if (_isRefreshedByReads)
        {
            Refresh(place, isNew: false);
            Scope.MarkChanged();
        }

        return place;
    }

    private void Refresh(int place, bool isNew)
    {
        long now = Now;
        long expiry = now > long.MaxValue - _ttl ? long.MaxValue : now + _ttl;
        _expiries[place] = isNew ? expiry : Math.Max(expiry, _expiries[place]);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int place)
    {
        int places = Math.Max(16, Math.Max(place + 1, _used.Length * 2));
        Array.Resize(ref _used, places);
        if (_expires)
        {
            Array.Resize(ref _expiries, places);
        }

        Resize(places);
    }
}
