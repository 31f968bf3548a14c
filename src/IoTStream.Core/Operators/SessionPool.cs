namespace IoTStream.Operators;

/// <summary>The sessions of keys that have more than one, each in a chain that starts at its key. Places are used again.</summary>
internal sealed class SessionPool<TAccumulator>
{
    /// <summary>The end of a chain.</summary>
    public const int None = 0;

    private Link[] _links = new Link[16];
    private int _used = 1;
    private int _firstFree = None;

    public ref Session<TAccumulator> this[int index] => ref _links[index].Session;

    public int NextOf(int index) => _links[index].Next;

    /// <summary>Puts a session at the beginning of a chain. References into the pool are no longer valid after it.</summary>
    public void Add(ref int chain, in Session<TAccumulator> session)
    {
        int index = _firstFree;
        if (index != None)
        {
            _firstFree = _links[index].Next;
        }
        else
        {
            index = _used++;
            if (index == _links.Length)
            {
                Array.Resize(ref _links, index * 2);
            }
        }

        _links[index] = new Link { Session = session, Next = chain };
        chain = index;
    }

    /// <summary>Takes a session out of a chain, given the one before it or <see cref="None"/>.</summary>
    public void Remove(ref int chain, int previous, int index)
    {
        if (previous == None)
        {
            chain = _links[index].Next;
        }
        else
        {
            _links[previous].Next = _links[index].Next;
        }

        _links[index] = new Link { Next = _firstFree };
        _firstFree = index;
    }

    private struct Link
    {
        public Session<TAccumulator> Session;
        public int Next;
    }
}
