namespace IoTStream.Simulation.Log;

/// <summary>Payloads of frames: mostly small, some longer than a sector, some than a page; some empty, some of zeros.</summary>
internal static class Payloads
{
    public static byte[] Next(Random random)
    {
        byte[] payload = new byte[random.Next(10) switch
        {
            0 => 0,
            < 7 => random.Next(1, 100),
            < 9 => random.Next(100, 1500),
            _ => random.Next(1500, 6000),
        }];
        if (random.Next(8) > 0)
        {
            random.NextBytes(payload);
        }

        return payload;
    }
}
