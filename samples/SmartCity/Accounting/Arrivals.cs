namespace SmartCity.Accounting;

/// <summary>Which messages have arrived: a bit a message, so that one that is lost and another that comes twice do not cancel out.</summary>
internal sealed class Arrivals(int sensors)
{
    private const int BitsAWord = 64;
    private readonly ulong[][] _arrived = new ulong[sensors][];

    /// <summary>Notes a message.</summary>
    /// <returns>False if it had arrived before.</returns>
    public bool TryAdd(int sensor, long sequence)
    {
        int word = (int)(sequence / BitsAWord);
        ulong[] words = _arrived[sensor] ?? [];
        if (word >= words.Length)
        {
            Array.Resize(ref words, Math.Max(word + 1, words.Length * 2));
            _arrived[sensor] = words;
        }

        ulong bit = 1UL << (int)(sequence % BitsAWord);
        bool isNew = (words[word] & bit) == 0;
        words[word] |= bit;
        return isNew;
    }
}
