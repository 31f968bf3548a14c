namespace IoTStream.Storage.Parquet.Tests;

/// <summary>Reads numbers of a table in object storage.</summary>
internal static class S3Rows
{
    /// <summary>All that are in the files that count, sorted.</summary>
    public static async Task<List<long>> NumbersAsync(LakePlace place, string table = "numbers", CancellationToken cancellationToken = default)
    {
        ILakeTable files = place.Table(table);
        while (true)
        {
            IReadOnlyList<string> listed = await files.ListAsync(cancellationToken);
            if (listed.Count == 0)
            {
                return [];
            }

            try
            {
                using LocalFiles local = await files.FetchAsync(listed, cancellationToken);
                using var lake = new Lake();
                return lake.Query($"SELECT CAST(number AS BIGINT) FROM read_parquet(['{string.Join("', '", local.Paths)}']) ORDER BY 1", static reader => reader.GetInt64(0));
            }
            catch (S3Exception exception) when (exception.Status == System.Net.HttpStatusCode.NotFound)
            {
                // Merged between listing and reading: ask again.
            }
        }
    }
}
