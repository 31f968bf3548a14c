namespace IoTStream.State;

/// <summary>The greatest so many values by a measure; of equal ones the earlier by timestamp, then by arrival.</summary>
internal sealed class TopList<T>(int capacity)
{
    private const int InitialCapacity = 4;

    private Rank[] _ranks = new Rank[Math.Min(capacity, InitialCapacity)];
    private T[] _values = new T[Math.Min(capacity, InitialCapacity)];
    private int _count;

    public ReadOnlySpan<T> Values => _values.AsSpan(0, _count);

    public void Add(T value, double measure, long time) => Insert(value, new Rank(measure, time));

    public void Merge(TopList<T> other)
    {
        for (int i = 0; i < other._count; i++)
        {
            Insert(other._values[i], other._ranks[i]);
        }
    }

    public void Write(StateWriter writer, StateSerializer<T> item)
    {
        writer.WriteCount(_count);
        for (int i = 0; i < _count; i++)
        {
            writer.Write(_ranks[i].Measure);
            writer.Write(_ranks[i].Time);
            item.Write(writer, _values[i]);
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote; of a longer list the first.</summary>
    /// <exception cref="InvalidDataException">The bytes end too early.</exception>
    public static TopList<T> Read(ref StateReader reader, StateSerializer<T> item, int capacity)
    {
        var list = new TopList<T>(capacity);
        for (int left = reader.ReadCount(sizeof(double) + sizeof(long)); left > 0; left--)
        {
            double measure = reader.Read<double>();
            long time = reader.Read<long>();
            list.Add(item.Read(ref reader), measure, time);
        }

        return list;
    }

    private void Insert(T value, Rank rank)
    {
        int place = _count;
        while (place > 0 && rank.IsBefore(_ranks[place - 1]))
        {
            place--;
        }

        if (place == capacity)
        {
            return;
        }

        if (_count < capacity)
        {
            if (_count == _ranks.Length)
            {
                int length = (int)Math.Min(_count * 2L, capacity);
                Array.Resize(ref _ranks, length);
                Array.Resize(ref _values, length);
            }

            _count++;
        }

        int moved = _count - 1 - place;
        Array.Copy(_ranks, place, _ranks, place + 1, moved);
        Array.Copy(_values, place, _values, place + 1, moved);
        _ranks[place] = rank;
        _values[place] = value;
    }

    private readonly record struct Rank(double Measure, long Time)
    {
        public bool IsBefore(Rank other) => Measure > other.Measure || (Measure == other.Measure && Time < other.Time);
    }
}
