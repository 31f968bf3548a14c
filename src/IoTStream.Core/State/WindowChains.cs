namespace IoTStream.State;

/// <summary>
/// The windows of many keys, each key's linked into a chain in the order of their starts. A window keeps its place as long as it lives;
/// places are used again.
/// </summary>
internal sealed class WindowChains<TAccumulator>
{
    /// <summary>The place of a window that is not there.</summary>
    public const int None = 0;

    private KeyedWindow<TAccumulator>[] _windows = new KeyedWindow<TAccumulator>[16];
    private int _used = 1;
    private int _firstFree = None;

    /// <summary>How many windows there are.</summary>
    public int Count { get; private set; }

    /// <summary>The window at a place; valid until the next one is added.</summary>
    public ref KeyedWindow<TAccumulator> this[int place] => ref _windows[place];

    /// <summary>Adds a window to a chain.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="older">The place of the window after which it belongs; <see cref="None"/> if it is the oldest.</param>
    /// <param name="start">Where the window starts.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="accumulator">What it holds.</param>
    /// <returns>Its place.</returns>
    public int Add(ref WindowChain chain, int older, long start, long end, in TAccumulator accumulator)
    {
        int place = _firstFree;
        if (place != None)
        {
            _firstFree = _windows[place].Older;
        }
        else
        {
            place = _used++;
            if (place == _windows.Length)
            {
                Array.Resize(ref _windows, _used * 2);
            }
        }

        int newer = older == None ? chain.Oldest : _windows[older].Newer;
        _windows[place] = new KeyedWindow<TAccumulator>
        {
            Start = start,
            End = end,
            Accumulator = accumulator,
            HasAccumulator = true,
            Older = older,
            Newer = newer,
        };
        Link(ref chain, older, newer, asNewer: place, asOlder: place);
        Count++;
        return place;
    }

    public void Remove(ref WindowChain chain, int place)
    {
        ref KeyedWindow<TAccumulator> window = ref _windows[place];
        Link(ref chain, window.Older, window.Newer, asNewer: window.Newer, asOlder: window.Older);
        window = default;
        window.Older = _firstFree;
        _firstFree = place;
        Count--;
    }

    private void Link(ref WindowChain chain, int older, int newer, int asNewer, int asOlder)
    {
        if (older == None)
        {
            chain.Oldest = asNewer;
        }
        else
        {
            _windows[older].Newer = asNewer;
        }

        if (newer == None)
        {
            chain.Newest = asOlder;
        }
        else
        {
            _windows[newer].Older = asOlder;
        }
    }
}
