namespace IoTStream.Mqtt.Broker;

/// <summary>Packet identifiers in use, as bits: 8 KiB at most, whatever a client does.</summary>
internal sealed class IdentifierSet
{
    private const int BitsOfAWord = 64;
    private ulong[] _words = [];

    public int Count { get; private set; }

    /// <summary>The identifiers in order.</summary>
    public IEnumerable<ushort> All => Enumerable.Range(0, _words.Length * BitsOfAWord).Select(static i => (ushort)i).Where(Contains);

    public bool Contains(ushort identifier) =>
        identifier / BitsOfAWord is var word && word < _words.Length && (_words[word] & (1UL << (identifier % BitsOfAWord))) != 0;

    public void Clear()
    {
        _words = [];
        Count = 0;
    }

    /// <returns>False if it was in the set.</returns>
    public bool Add(ushort identifier)
    {
        int word = identifier / BitsOfAWord;
        if (word >= _words.Length)
        {
            Array.Resize(ref _words, word + 1);
        }

        ulong bit = 1UL << (identifier % BitsOfAWord);
        if ((_words[word] & bit) != 0)
        {
            return false;
        }

        _words[word] |= bit;
        Count++;
        return true;
    }

    /// <returns>False if it was not in the set.</returns>
    public bool Remove(ushort identifier)
    {
        int word = identifier / BitsOfAWord;
        ulong bit = 1UL << (identifier % BitsOfAWord);
        if (word >= _words.Length || (_words[word] & bit) == 0)
        {
            return false;
        }

        _words[word] &= ~bit;
        Count--;
        return true;
    }
}
