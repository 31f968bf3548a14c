namespace IoTStream.Formats;

/// <summary>Counts through the items of an array, or the pairs of a map, as they are read: <c>while (items.Next(ref reader)) …</c></summary>
/// <remarks>To be kept in a variable of its own, since it changes with each call.</remarks>
public struct CborItems
{
    private const long Unknown = -1;
    private long _left;

    internal CborItems(long count) => _left = count;

    /// <summary>How many there are; null if that was not said before them.</summary>
    /// <remarks>Right before the first call of <see cref="Next"/>; then how many are left. Not to be trusted for allocations: each item takes a byte at least, and may take no more.</remarks>
    public readonly long? Count => _left == Unknown ? null : _left;

    internal static CborItems OfUnknownCount => new(Unknown);

    /// <summary>Goes to the next item, or behind the end.</summary>
    /// <param name="reader">The reader, at the end of the item before.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="CborException">The bytes end before.</exception>
    public bool Next(ref CborReader reader)
    {
        if (_left == Unknown)
        {
            if (!reader.TryReadBreak())
            {
                return true;
            }

            _left = 0;
            return false;
        }

        if (_left == 0)
        {
            return false;
        }

        _left--;
        return true;
    }
}
