namespace IoTStream.State;

/// <summary>
/// About how many different hashes have been seen. Few hashes are kept as they are; many as a HyperLogLog (Flajolet, Fusy, Gandouet,
/// Meunier: HyperLogLog: the analysis of a near-optimal cardinality estimation algorithm, 2007) with the estimator of Ertl (New cardinality
/// estimation algorithms for HyperLogLog sketches, 2017), which has no bias to be corrected by tables. It depends on nothing but the set
/// of hashes, in whatever order they came or were merged.
/// </summary>
internal sealed class DistinctSketch(int precision)
{
    private const double Hashes = 4294967296.0;
    private const int InitialSlots = 16;

    private readonly int _registers = 1 << precision;

    /// <summary>Open addressing; zero marks a free slot.</summary>
    private uint[] _few = new uint[InitialSlots];
    private int _fewCount;
    private bool _hasZero;

    /// <summary>For each group of hashes the position of the first bit that is set, at most; null while there are few.</summary>
    private byte[]? _many;

    /// <summary>A table of so many hashes is about as large as the registers, as it is filled to a half at most.</summary>
    private int MostKept => Math.Max(InitialSlots / 2, _registers / 8);

    public void Add(uint hash)
    {
        if (_many is null)
        {
            AddToFew(hash);
        }
        else
        {
            AddToMany(_many, hash);
        }
    }

    public void Merge(DistinctSketch other)
    {
        if (other._many is null)
        {
            foreach (uint hash in other._few)
            {
                if (hash != 0)
                {
                    Add(hash);
                }
            }

            if (other._hasZero)
            {
                Add(0);
            }

            return;
        }

        byte[] many = _many ?? Spread();
        for (int i = 0; i < many.Length; i++)
        {
            many[i] = Math.Max(many[i], other._many[i]);
        }
    }

    public double Estimate()
    {
        double hashes = _many is null ? _fewCount + (_hasZero ? 1 : 0) : EstimateMany(_many);

        // Different items can have the same hash: as many hashes as this are left of so many items.
        return hashes < Hashes ? -Hashes * double.LogP1(-hashes / Hashes) : double.PositiveInfinity;
    }

    /// <summary>Writes the hashes while they are few, else the registers.</summary>
    public void Write(StateWriter writer)
    {
        writer.Write(_many is not null);
        if (_many is not null)
        {
            writer.WriteBytes(_many);
            return;
        }

        writer.WriteCount(_fewCount + (_hasZero ? 1 : 0));
        if (_hasZero)
        {
            writer.Write(0u);
        }

        foreach (uint hash in _few)
        {
            if (hash != 0)
            {
                writer.Write(hash);
            }
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The bytes are not what a sketch of this precision writes.</exception>
    public static DistinctSketch Read(ref StateReader reader, int precision)
    {
        var sketch = new DistinctSketch(precision);
        if (reader.Read<bool>())
        {
            sketch._many = reader.ReadBytes().ToArray();
            sketch._few = [];
            return sketch._many.Length == sketch._registers && !sketch._many.AsSpan().ContainsAnyExceptInRange((byte)0, (byte)(32 - precision + 1))
                ? sketch
                : throw new InvalidDataException("The registers of a distinct count are not those of its precision.");
        }

        for (int left = reader.ReadCount(sizeof(uint)); left > 0; left--)
        {
            sketch.Add(reader.Read<uint>());
        }

        return sketch;
    }

    private void AddToFew(uint hash)
    {
        if (hash == 0)
        {
            _hasZero = true;
        }
        else if (!Insert(_few, hash))
        {
            return;
        }
        else if (++_fewCount * 2 > _few.Length)
        {
            uint[] few = new uint[_few.Length * 2];
            foreach (uint kept in _few)
            {
                if (kept != 0)
                {
                    Insert(few, kept);
                }
            }

            _few = few;
        }

        if (_fewCount + (_hasZero ? 1 : 0) > MostKept)
        {
            Spread();
        }
    }

    private static bool Insert(uint[] slots, uint hash)
    {
        uint slot = hash & (uint)(slots.Length - 1);
        while (slots[slot] != 0)
        {
            if (slots[slot] == hash)
            {
                return false;
            }

            slot = (slot + 1) & (uint)(slots.Length - 1);
        }

        slots[slot] = hash;
        return true;
    }

    private byte[] Spread()
    {
        byte[] many = new byte[_registers];
        foreach (uint hash in _few)
        {
            if (hash != 0)
            {
                AddToMany(many, hash);
            }
        }

        if (_hasZero)
        {
            AddToMany(many, 0);
        }

        _few = [];
        return _many = many;
    }

    private void AddToMany(byte[] many, uint hash)
    {
        // The bit behind the last one ends the search for the first bit that is set.
        uint rest = (hash << precision) | (1u << (precision - 1));
        byte position = (byte)(uint.LeadingZeroCount(rest) + 1);
        ref byte register = ref many[hash >> (32 - precision)];
        register = Math.Max(register, position);
    }

    private double EstimateMany(byte[] many)
    {
        int last = 32 - precision + 1;
        Span<int> counts = stackalloc int[last + 1];
        counts.Clear();
        foreach (byte register in many)
        {
            counts[register]++;
        }

        double registers = _registers;
        double sum = registers * AtTheEnd(1 - (counts[last] / registers));
        for (int position = last - 1; position >= 1; position--)
        {
            sum = 0.5 * (sum + counts[position]);
        }

        sum += registers * AtTheStart(counts[0] / registers);
        return registers * registers / (2 * Math.Log(2) * sum);
    }

    /// <summary>What registers that are still empty contribute: the function sigma of Ertl.</summary>
    private static double AtTheStart(double share)
    {
        if (share == 1)
        {
            return double.PositiveInfinity;
        }

        double sum = share;
        double before;
        double weight = 1;
        do
        {
            share *= share;
            before = sum;
            sum += share * weight;
            weight += weight;
        }
        while (sum != before);
        return sum;
    }

    /// <summary>What registers that are full contribute: the function tau of Ertl.</summary>
    private static double AtTheEnd(double share)
    {
        if (share is 0 or 1)
        {
            return 0;
        }

        double sum = 1 - share;
        double before;
        double weight = 1;
        do
        {
            share = Math.Sqrt(share);
            before = sum;
            weight *= 0.5;
            sum -= (1 - share) * (1 - share) * weight;
        }
        while (sum != before);
        return sum / 3;
    }
}
