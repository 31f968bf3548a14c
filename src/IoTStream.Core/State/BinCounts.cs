using System.Numerics;

namespace IoTStream.State;

/// <summary>
/// Counts of bins, kept in pages that exist only where something has been counted: a single outlier far away costs a page, not all bins in
/// between.
/// </summary>
internal sealed class BinCounts
{
    private const int PageBits = 6;
    private const int PageSize = 1 << PageBits;

    private long[]?[] _pages = [];
    private int _firstPage;

    public long Total { get; private set; }

    public void Add(int bin)
    {
        PageOf(bin >> PageBits)[bin & (PageSize - 1)]++;
        Total++;
    }

    public void Merge(BinCounts other)
    {
        for (int i = 0; i < other._pages.Length; i++)
        {
            if (other._pages[i] is { } from)
            {
                long[] to = PageOf(other._firstPage + i);
                for (int bin = 0; bin < PageSize; bin++)
                {
                    to[bin] += from[bin];
                }
            }
        }

        Total += other.Total;
    }

    public void Subtract(BinCounts other)
    {
        for (int i = 0; i < other._pages.Length; i++)
        {
            if (other._pages[i] is { } from)
            {
                long[] to = PageOf(other._firstPage + i);
                for (int bin = 0; bin < PageSize; bin++)
                {
                    to[bin] -= from[bin];
                }
            }
        }

        Total -= other.Total;
    }

    /// <summary>The bin of the value that has so many others before it, from the lowest bin on.</summary>
    public int BinAt(long rank)
    {
        for (int i = 0; i < _pages.Length; i++)
        {
            if (_pages[i] is not { } page)
            {
                continue;
            }

            for (int bin = 0; bin < PageSize; bin++)
            {
                rank -= page[bin];
                if (rank < 0)
                {
                    return ((_firstPage + i) << PageBits) + bin;
                }
            }
        }

        throw new ArgumentOutOfRangeException(nameof(rank), "There are not that many values.");
    }

    /// <summary>Writes the pages: of each which bins have been counted, as a bit each, and their counts.</summary>
    public void Write(StateWriter writer)
    {
        writer.Write(_firstPage);
        writer.WriteCount(_pages.Length);
        foreach (long[]? page in _pages)
        {
            ulong used = 0;
            for (int bin = 0; page is not null && bin < PageSize; bin++)
            {
                used |= page[bin] == 0 ? 0 : 1UL << bin;
            }

            writer.Write(used);
            for (ulong left = used; left != 0; left &= left - 1)
            {
                writer.WriteNumber(page![BitOperations.TrailingZeroCount(left)]);
            }
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The bytes end too early.</exception>
    public static BinCounts Read(ref StateReader reader)
    {
        var counts = new BinCounts { _firstPage = reader.Read<int>(), _pages = new long[reader.ReadCount(sizeof(ulong))][] };
        for (int i = 0; i < counts._pages.Length; i++)
        {
            ulong used = reader.Read<ulong>();
            long[]? page = used == 0 ? null : new long[PageSize];
            for (; used != 0; used &= used - 1)
            {
                long count = reader.ReadNumber();
                page![BitOperations.TrailingZeroCount(used)] = count;
                counts.Total += count;
            }

            counts._pages[i] = page;
        }

        return counts;
    }

    private long[] PageOf(int number)
    {
        int index = number - _firstPage;
        if ((uint)index >= (uint)_pages.Length)
        {
            index = Extend(number);
        }

        return _pages[index] ??= new long[PageSize];
    }

    private int Extend(int number)
    {
        if (_pages.Length == 0)
        {
            _firstPage = number;
            _pages = new long[1][];
            return 0;
        }

        int first = Math.Min(_firstPage, number);
        int last = Math.Max(_firstPage + _pages.Length - 1, number);
        var pages = new long[last - first + 1][];
        Array.Copy(_pages, 0, pages, _firstPage - first, _pages.Length);
        _pages = pages;
        _firstPage = first;
        return number - first;
    }
}
